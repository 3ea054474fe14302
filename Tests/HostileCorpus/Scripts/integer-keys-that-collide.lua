-- Integer keys that share one chain of the hash: one instruction grows the table, in quadratic time.
-- ends: cpu
local period = ((1 << 16) - 1) * ((1 << 17) - 1)
local t = {}
for i = 1, 1 << 20 do
  t[i * period] = true
end
