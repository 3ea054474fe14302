-- A finalizer must never run, however it got into the metatable: no hook runs in one.
-- ends: done
local called = false
local function finalize() called = true end

pcall(setmetatable, {}, { __gc = finalize })
local late = {}
setmetatable({}, late)
late.__gc = finalize
local placeholder = { __gc = true }
pcall(setmetatable, {}, placeholder)
placeholder.__gc = finalize
for _ = 1, 200 do local garbage = ("x"):rep(10000) end
assert(not called)
return true
