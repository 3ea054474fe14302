-- Each kill is caught and followed by the next endless loop.
-- ends: cpu
local function spin()
  while true do end
end

while true do
  pcall(spin)
end
