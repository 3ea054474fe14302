-- require is asked for a file above the script's directory.
-- ends: error
return require("../secrets")
