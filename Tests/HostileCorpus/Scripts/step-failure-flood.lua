-- Steps that fail with messages of a megabyte, one in the other.
-- ends: output
local message = ("x"):rep(1 << 20)
while true do pcall(flow.step, "outer", function() flow.step("inner", function() error(message, 0) end) end) end
