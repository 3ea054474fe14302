-- print, log, the script table and the run's clock.

local G = script_globals
local ipairs, pairs, rawget, rawset = ipairs, pairs, rawget, rawset
local tostring, type, select, concat, pcall, error = tostring, type, select, table.concat, pcall, error
local host, check, stock_os, error_text = host, host.check, os, error_text
local byte, sub = string.byte, string.sub

-- At most `longest` bytes of a text for people, whole characters.
local function cut(text, longest)
  if #text <= longest then return text end
  local last = longest
  while last > 0 and byte(text, last + 1) & 0xC0 == 0x80 do last = last - 1 end
  return sub(text, 1, last) .. "… (" .. #text .. " bytes)"
end

-- An error of the host's with further fields, to be raised by error(e, 0).
function host.failure(kind, message, fields)
  local _, failure = pcall(host.fail, { kind = kind, message = cut(message, 1 << 16), hint = fields and fields.hint, guest = fields and fields.guest })
  for name, value in pairs(fields or {}) do failure[name] = value end
  return failure
end

-- What stock Lua would show of an error, which may be any value, as others quote it: a script may raise megabytes. Nothing that
-- the script does in there hides it.
function host.message_of(problem) return cut(error_text(problem), 1000) end

function host.kind_of(problem)
  local kind = type(problem) == "table" and rawget(problem, "kind")
  return type(kind) == "string" and kind or "script"
end

--: print(...)
--: Prints its arguments, with tabs between, on standard output.
--: example: print("restarted", #names)
function G.print(...)
  local parts = { ... }
  for i = 1, select("#", ...) do parts[i] = tostring(parts[i]) end
  host.print(concat(parts, "\t"))
end

--: log.debug(message: any, fields?: table)
--: Logs for whoever looks for a fault, on standard error.
--: example: log.debug("waited", { seconds = 12 })

--: log.info(message: any, fields?: table)
--: Logs for the record, on standard error.
--: example: log.info("restarted", { guest = "web-1" })

--: log.warn(message: any, fields?: table)
--: Logs that something is off, on standard error.
--: example: log.warn("slow to stop", { guest = "web-1" })

--: log.error(message: any, fields?: table)
--: Logs that something failed, on standard error.
--: example: log.error("did not come up", { guest = "web-1" })
G.log = {}
for _, level in ipairs { "debug", "info", "warn", "error" } do
  G.log[level] = function(message, fields)
    check("log." .. level, message, fields)
    host.log(level, tostring(message), fields)
  end
end

--: script.args(declarations: list) -> table by name
--: The arguments that the script was called with, by name, checked and converted.
--: Each declaration is {name, type=, default=, help=}; types are string, number, integer, duration, share, boolean.
--: example: local a = script.args{ {"name", default = "web-*"}, {"batch", type = "integer", default = 1} }
local function args(declarations)
  check("script.args", declarations)
  return host.arguments(declarations)
end

--: script.allows(permission: string) -> boolean
--: Whether the script has a permission, such as "vmm.set" or "vmm.set:web-1".
--: example: if script.allows("vmm.power_off") then log.info("may cut power") end
local function allows(permission)
  check("script.allows", permission)
  return host.allows(permission)
end

--: script.command(script: string, arguments?: table) -> text
--: The command line that runs a script as this one was run: on the same NAS, with the same permissions, and with arguments by name.
--: example: print("go on with: " .. script.command("rolling-restart", { name = "web-3, web-4" }))
local function command(name, arguments)
  check("script.command", name, arguments)
  return host.command(name, arguments)
end

G.arg = host.raw_arguments()
G.script = { name = host.script_name(), args = args, allows = allows, command = command }

local date_fields = { "year", "month", "day", "hour", "min", "sec", "yday", "wday", "isdst" }

-- Calls a function of Lua's own; what it complains of is the script's doing, so the script's line is named.
local function blaming_caller(fn, ...)
  local ok, result = pcall(fn, ...)
  if not ok then error(result, 3) end
  return result
end

-- The clock is the run's; dates are broken down and put together by the system's own rules.

--: os.time(date?: table) -> seconds since 1970
--: The time of the run's clock, or of a date.
--: example: local started = os.time()

--: os.date(format?: string, time?: integer) -> text or table
--: The run's time or another as text, as Lua's own os.date writes it.
--: example: print(os.date("%H:%M"))

--: os.clock() -> seconds
--: Seconds since the run began, by its clock.
--: example: print(os.clock())

--: os.difftime(later: number, earlier: number) -> seconds
--: Seconds between two times.
--: example: print(os.difftime(os.time(), started))
G.os = {
  time = function(date)
    if type(date) ~= "table" then
      if date == nil then return host.now() // 1 | 0 end
      return blaming_caller(stock_os.time, date)
    end
    -- The system's function can't be ended, so it gets a plain table: it must not call metamethods of the script's.
    local plain = {}
    for _, field in ipairs(date_fields) do plain[field] = rawget(date, field) end
    local time = blaming_caller(stock_os.time, plain)
    for _, field in ipairs(date_fields) do rawset(date, field, plain[field]) end
    return time
  end,
  date = function(format, time)
    if type(format) == "string" and #format > 1000 then host.raise("os.date: a format of more than 1000 bytes is too long") end
    return blaming_caller(stock_os.date, format or "%c", time or host.now() // 1 | 0)
  end,
  clock = host.clock,
  difftime = stock_os.difftime,
}
