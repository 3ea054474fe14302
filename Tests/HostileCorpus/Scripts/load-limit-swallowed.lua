-- Reaching the limit of source is caught, and the script returns as if nothing had been.
-- ends: source
local ok = pcall(load, ("-"):rep(1000000))
return not ok
