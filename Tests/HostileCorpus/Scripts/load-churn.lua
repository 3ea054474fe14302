-- Ever new functions are loaded and called.
-- ends: cpu
local n = 0
while true do
  n = n + 1
  load("return " .. n)()
end
