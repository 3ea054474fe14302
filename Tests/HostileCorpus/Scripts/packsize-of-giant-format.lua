-- string.packsize reads a format of a million options, over and over.
-- ends: cpu
local format = ("!1 x"):rep(250000)
while true do
  string.packsize(format)
end
