-- The script's last error nests deeply, each level twice: walking it takes stack or exponential time.
-- ends: error
local e = { message = "bottom" }
for _ = 1, 50000 do e = { cause = e, message = e } end
error(e)
