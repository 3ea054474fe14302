-- Each handler makes a protected call whose handler it is itself.
-- ends: cpu
local function handler(e)
  return xpcall(error, handler, e)
end

while true do
  pcall(handler, "first")
end
