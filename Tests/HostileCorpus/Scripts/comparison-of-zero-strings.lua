-- Strings of zeros are compared by their collation, which the VM asks for zero by zero.
-- ends: cpu
local zeros = ("\0"):rep(4000000)
while zeros <= zeros do end
