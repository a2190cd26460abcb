"""J-UNIWARD as its authors published it, off-by-one slip included; `embedders.juniward` is the corrected one."""

from functools import partial

from embedders import juniward

cost = partial(juniward.cost, off_by_one=True)
