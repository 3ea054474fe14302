-- Reaching the limit of output is caught, and the script returns as if nothing had been.
-- ends: output
local line = ("x"):rep(100)
while pcall(print, line) do end
return true
