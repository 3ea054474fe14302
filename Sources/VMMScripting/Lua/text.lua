-- Text as people see it: how wide it is, and tables of it.

local G = script_globals
local check, raise, shown, print_line = host.check, host.raise, host.shown, host.print
local check_list, is_list, brief = host.check_list, host.is_list, host.brief_value
local ipairs, next, type, tostring, error, rawequal = ipairs, next, type, tostring, error, rawequal
local concat, rep, max, mathtype = table.concat, string.rep, math.max, math.type

local most_columns = 100

--: text.width(text: string) -> columns
--: How many columns of a terminal a text takes: a wide character takes two, one that combines with another none.
--: What a terminal gets escaped, such as a line break, counts as its escape does.
--: example: print(g.guest_name .. (" "):rep(20 - text.width(g.guest_name)) .. g.status)
G.text = {
  width = function(text)
    check("text.width", text)
    local _, width = shown(text)
    return width
  end,
}

-- MARK: Tables

-- "NAME", or { "guest_name", title = "NAME", align = "right" }, as { key=, title=, align= }.
local function column(i, declared)
  if type(declared) == "string" then return { key = declared, title = declared } end
  local key = type(declared) == "table" and declared[1]
  if type(key) ~= "string" then
    raise(('print.table: column %d must be a heading or {"field", title=, align=}, not %s'):format(i, brief(declared)))
  end
  for name in next, declared do
    if name ~= 1 and name ~= "title" and name ~= "align" then
      raise(("print.table: column %d has no property '%s', only title and align"):format(i, tostring(name)))
    end
  end
  local title, align = declared.title, declared.align
  if title ~= nil and type(title) ~= "string" then
    raise(("print.table: the title of column %d must be a string, not %s"):format(i, brief(title)))
  end
  if align ~= nil and align ~= "left" and align ~= "right" then
    raise(('print.table: align of column %d must be "left" or "right", not %s'):format(i, brief(align)))
  end
  return { key = key, title = title or key, align = align }
end

-- The columns that are declared, or as many without a title as the longest row has cells.
local function columns_of(rows, declared)
  local columns = {}
  if declared then
    check_list("print.table", "argument 2 (columns)", declared)
    for i, each in ipairs(declared) do columns[i] = column(i, each) end
  else
    local count = 0
    for i, row in ipairs(rows) do
      for key in next, row do
        if mathtype(key) ~= "integer" or key < 1 then
          raise(("print.table: row %d has the field '%s': name the columns to print"):format(i, tostring(key)))
        end
        count = max(count, key)
      end
    end
    for i = 1, count <= most_columns and count or 0 do columns[i] = {} end
    if count > most_columns then raise(("print.table: a table has %d columns at most, not %d"):format(most_columns, count)) end
  end
  if #columns > most_columns then raise(("print.table: a table has %d columns at most, not %d"):format(most_columns, #columns)) end
  return columns
end

-- A line of cells in their columns, without space at its end.
local function line(cells, columns)
  local last = #columns
  while last > 0 and cells[last].text == "" do last = last - 1 end
  local parts = {}
  for i = 1, last do
    local cell, this = cells[i], columns[i]
    local space = rep(" ", this.width - cell.width)
    parts[i] = this.align == "right" and space .. cell.text or i == last and cell.text or cell.text .. space
  end
  return concat(parts, "  ")
end

-- A cell as it is shown: nothing as "-".
local function cell(value)
  local text, width = shown(value == nil and "-" or tostring(value))
  return { text = text, width = width }
end

local methods = {}

--: print.table(rows: list, columns?: list)
--: Prints rows in columns that align, whatever characters they hold: numbers to the right, all else to the left.
--: A row is an array of cells, or a table with fields. Columns are headings, which name the fields of rows that have them; one may
--: be {"field", title="HEADING", align="left"|"right"}. Without columns there is no heading. What is nil is shown as "-", and line
--: breaks and other control characters are escaped.
--: example: print.table(vmm.list(), { "guest_name", "status", { "vram_size", title = "MEMORY" } })
function methods.table(rows, declared)
  check("print.table", rows, declared)
  check_list("print.table", "argument 1 (rows)", rows)
  for i, row in ipairs(rows) do
    if type(row) ~= "table" then raise(("print.table: row %d must be a table, not %s"):format(i, brief(row))) end
  end
  local columns, lines = columns_of(rows, declared), {}
  for i, this in ipairs(columns) do
    this.width, this.is_numeric = 0, #rows > 0
    if declared then
      lines[1] = lines[1] or {}
      lines[1][i] = cell(this.title)
      this.width = lines[1][i].width
    end
  end
  for _, row in ipairs(rows) do
    local cells, has_places = {}, is_list(row)
    for i, this in ipairs(columns) do
      local value
      if has_places then value = row[i] else value = row[this.key] end
      cells[i] = cell(value)
      this.width = max(this.width, cells[i].width)
      this.is_numeric = this.is_numeric and (value == nil or type(value) == "number")
    end
    lines[#lines + 1] = cells
  end
  for _, this in ipairs(columns) do this.align = this.align or this.is_numeric and "right" or "left" end
  for _, cells in ipairs(lines) do print_line(line(cells, columns)) end
end

-- `print` stays a function, which scripts pass on as one; so its fields are those of all functions, and others have none.
local print_function = G.print
debug.setmetatable(print_function, {
  __index = function(value, key)
    if rawequal(value, print_function) then return methods[key] end
    error(("attempt to index a function value (its field '%s')"):format(tostring(key)), 2)
  end,
  __metatable = false,
})
