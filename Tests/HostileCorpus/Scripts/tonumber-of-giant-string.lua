-- Digits by the million are made a number, over and over.
-- ends: cpu
local digits = ("9"):rep(4000000)
while true do
  tonumber(digits)
  tonumber(digits, 10)
end
