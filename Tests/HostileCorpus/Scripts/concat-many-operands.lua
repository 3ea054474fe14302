-- One concatenation of many operands, each of them large.
-- ends: memory
local a = ("x"):rep(1000000)
local b = a .. a .. a .. a .. a .. a .. a .. a .. a .. a .. a .. a .. a .. a .. a .. a .. a .. a .. a .. a
return #b
