-- Arithmetic on strings of millions of digits reads them anew each time.
-- ends: cpu
local digits = "0x" .. ("f"):rep(3000000)
while true do
  local _ = digits + digits * digits
end
