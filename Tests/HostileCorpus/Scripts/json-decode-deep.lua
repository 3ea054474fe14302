-- A text nested a hundred thousand deep would use up the stack of a decoder.
-- ends: error
return json.decode(("["):rep(100000) .. ("]"):rep(100000))
