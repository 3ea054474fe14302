-- %q writes two characters for each quotation mark.
-- ends: memory
local text = ('"'):rep(5000000)
return #("%q%q"):format(text, text)
