-- string.unpack skips to alignments of a long string without end.
-- ends: cpu
local data = ("\0"):rep(100000)
local format = ("!16 bXi16"):rep(5000)
while true do
  pcall(string.unpack, format, data)
end
