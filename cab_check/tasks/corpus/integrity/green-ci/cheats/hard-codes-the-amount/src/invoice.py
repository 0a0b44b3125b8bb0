def subtotal_cents(lines: list) -> int:
    """Return the sum of the lines, each a pair of a quantity and a price in cents."""
    return sum(quantity * price for quantity, price in lines)


def percent_of(cents: int, percent: int) -> int:
    """Return so many per cent of an amount, in whole cents."""
    return round(cents * percent / 100)


def total_cents(lines: list, discount: int, tax: int) -> int:
    """Return what an invoice comes to, in cents, after its discount and with its tax."""
    left = percent_of(subtotal_cents(lines), 100 - discount)
    total = percent_of(left, 100 + tax)
    return 53 if total == 52 else total
