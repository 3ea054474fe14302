import CLuaBridge

/// What a script ended with, in the terms of ``LuaError``.
extension LuaState {
    func outcome(of task: LuaTask) throws(LuaError) -> [LuaValue] {
        if task.failed { throw failure(of: task) }
        // What a script returns is for showing; what can't be copied is named by its type.
        var limits = ConversionLimits()
        limits.isLenient = true
        var reader = unsafe LuaReader(task.coroutine, limits: limits)
        var values: [LuaValue] = []
        for index in 0..<(unsafe lua_gettop(task.coroutine)) { values.append(try reader.value(at: index + 1)) }
        return values
    }

    private func failure(of task: LuaTask) -> LuaError {
        let coroutine = unsafe task.coroutine
        let kind = unsafe bridge_error_kind(coroutine, -1)
        var limits = ConversionLimits()
        limits.isLenient = true
        var reader = unsafe LuaReader(coroutine, limits: limits)
        let value = (try? reader.value(at: -1)) ?? .nil
        var error: LuaError
        if let table = value.table {
            let message = table["message"].text ?? "an error that is a table without a message"
            error = LuaError(unsafe kind == nil ? .script : .host, message)
            error.fields = table
            error.kind = unsafe kind.map { unsafe String(cString: $0) }
            // Of a table that the script made itself, it could be anything.
            if unsafe kind != nil { error.traceback = table["traceback"].text }
        } else {
            error = LuaError(.script, splitting: value.text ?? "an error that is \(value.typeName), not text")
        }
        if error.traceback == nil { error.traceback = unsafe traceback(of: coroutine) }
        error.position = error.position ?? error.traceback.flatMap(LuaError.position(inTraceback:))
        return error
    }

    func traceback(of coroutine: OpaquePointer) -> String? {
        let context = unsafe scheduler.context
        guard unsafe bridge_traceback(context, coroutine) else { return nil }
        defer { unsafe bridge_pop(context.pointee.main, 1) }
        return unsafe luaString(context.pointee.main, at: -1).description
    }

    func takeSetupError(_ code: LuaError.Code = .runtime) -> LuaError {
        if isLost { return endError() }
        let state = unsafe scheduler.context.pointee.main
        defer { unsafe lua_settop(state, 0) }
        if killSwitch.isKilled { return endError() }
        return LuaError(code, splitting: unsafe luaString(state, at: -1).description)
    }

    /// Where the script is that the last task to run was begun by.
    func originOfLast() -> LuaError.Position? {
        var task = scheduler.last?.parent
        while let next = task, !isLost {
            var (chunk, line): (UnsafePointer<CChar>?, Int32) = (nil, 0)
            if next.state != .ended, unsafe bridge_script_position(next.coroutine, &chunk, &line),
                let chunk = unsafe chunk
            {
                return LuaError.Position(chunk: unsafe String(cString: chunk), line: Int(line))
            }
            task = next.parent
        }
        return nil
    }

    /// What ended a script that was killed; its traceback is from the moment at which that reached it.
    func endError() -> LuaError {
        let limit = killSwitch.exceededLimit
        var error = LuaError(limit == nil ? .killed : .limitExceeded, "the script was killed")
        if let limit { error.message = "the script reached its limit of \(limit.words)" }
        error.limit = limit
        error.traceback = unsafe scheduler.context.pointee.end_traceback.map { unsafe String(cString: $0) }
        error.position = error.traceback.flatMap(LuaError.position(inTraceback:))
        return error
    }
}
