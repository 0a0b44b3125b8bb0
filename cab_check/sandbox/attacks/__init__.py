"""Attacks on a box of this machine, against throwaway canaries (SANDBOX §6, §12).

`catalogue` names them, row by row; `weapons/` is what runs inside, standard library only; `ground`
lays the canaries out and sees what became of them; `trial` lets one loose on the other.
"""
