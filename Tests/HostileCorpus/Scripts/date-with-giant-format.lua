-- A format of a million fields is filled in by one call.
-- ends: error
local format = ("%%"):rep(1000000)
while true do
  os.date(format)
end
