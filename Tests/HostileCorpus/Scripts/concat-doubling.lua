-- A string is appended to itself until nothing is left.
-- ends: memory
local text = "x"
while true do
  text = text .. text
end
