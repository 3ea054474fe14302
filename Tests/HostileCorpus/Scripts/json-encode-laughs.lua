-- Forty tables that each hold the one before twice are a trillion values when written out.
-- ends: cpu
local value = "ha"
for _ = 1, 40 do value = { value, value } end
while true do
  pcall(json.encode, value)
end
