-- The failing function has a name of 60 kB, which the traceback would show at each of its levels.
-- ends: error
local name = ("n"):rep(60000)
local source = "local t = ... function t.%s(n) if n == 0 then error('deep') end return (t.%s(n - 1)) end t.%s(15)"
load(source:gsub("%%s", name))({})
