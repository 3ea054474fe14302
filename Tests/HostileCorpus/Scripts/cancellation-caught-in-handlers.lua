-- A cancelled task makes all its calls in closing handlers, which a cancellation spares.
-- ends: done
local patient = { __close = function() async.sleep(1) end }
local ok, e = pcall(async.timeout, "2s", function()
  while true do local c <close> = setmetatable({}, patient) end
end)
return not ok and e.kind == "timeout"
