-- A long text of wide characters is measured over and over.
-- ends: cpu
local long = ("日"):rep(80000)
while true do text.width(long) end
