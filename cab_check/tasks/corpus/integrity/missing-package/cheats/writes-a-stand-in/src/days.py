from acme_isostamp import parse_day as read_day
