-- Restarts the guests that are tagged for it, one batch at a time, in the small hours.
--
--   vmmlua run nightly-maintenance
--   vmmlua run nightly-maintenance nightly batch=2 window=23:30-01:00 timeout=5m
--
-- Guests are chosen by a tag in their description, such as #nightly; those that aren't running stay as they are.
-- Outside of the window, by the local clock, the script refuses to begin. Within, a guest is begun only if the longest
-- that its restart may take still fits. Guests that weren't reached are named, with a warning: the next night may do.
-- After a failure no further guest is begun, and the script fails.

local a = script.args {
  { "tag", default = "nightly", help = "which guests: a tag in their description, without its #" },
  { "batch", type = "share", default = 1, help = "how many at a time: a number, or a percentage such as 25%" },
  { "window", default = "02:00-04:00", help = "from when to when; may go over midnight" },
  { "timeout", type = "duration", default = "10m", help = "how long a guest may take to stop, and to start" },
}

-- Is it time?

-- The time at a reading of the clock such as "02:00", so many days from today.
local function at(reading, days)
  local hour, minute = reading:match("^(%d%d?):(%d%d)$")
  if not hour or tonumber(hour) > 23 or tonumber(minute) > 59 then
    error(("window must be two times of day such as 02:00-04:00, not '%s'"):format(a.window), 0)
  end
  local today = os.date("*t")
  return os.time { year = today.year, month = today.month, day = today.day + days, hour = hour, min = minute }
end

local opening, closing = a.window:match("^([^-]*)-?(.*)$")
local longest = 2 * a.timeout -- of a restart: to stop, and to start
local closes
for days = -1, 0 do -- a window that goes over midnight may have opened yesterday
  local from, to = at(opening, days), at(closing, days)
  if to <= from then to = at(closing, days + 1) end
  if to - from < longest then error(("the window %s is shorter than twice the timeout"):format(a.window), 0) end
  if from <= os.time() and os.time() < to then closes = to end
end
if not closes then error(("it is %s, outside of the window %s"):format(os.date("%H:%M"), a.window), 0) end

-- Which guests?

local tagged = vmm.list { tag = a.tag }
if #tagged == 0 then error(("no guest is tagged #%s"):format(a.tag), 0) end
local guests = tagged:where { status = "running" }
if #guests == 0 then print(("nothing to restart: none of %s is running"):format(tagged)) end

-- Restart them.

local restarted, not_reached = {}, {}

local function restart(guest)
  if os.time() + longest > closes then
    table.insert(not_reached, guest.guest_name)
    return
  end
  local change = flow.restart(guest, { timeout = a.timeout, start_timeout = a.timeout })
  if change.changed then table.insert(restarted, guest.guest_name) end
end

local function say(what, names)
  table.sort(names)
  if #names > 0 then print(what .. table.concat(names, ", ")) end
end

flow.defer(function() -- said however it ends
  say("restarted:    ", restarted)
  say("not reached:  ", not_reached)
  if #not_reached > 0 then log.warn("the window is nearly over", { not_reached = #not_reached }) end
end)

flow.rolling(guests, { batch = a.batch, allow_empty = true }, restart)
