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
        let kind = unsafe bridge_error_kind(coroutine, -1).map { unsafe String(cString: $0) }
        var ownText: String?
        if kind == nil, unsafe lua_type(coroutine, -1) != LUA_TSTRING {
            guard let text = unsafe errorText(of: coroutine) else { return unsafe endError(hidingErrorOf: coroutine) }
            ownText = text
        }
        var limits = ConversionLimits()
        limits.isLenient = true
        var reader = unsafe LuaReader(coroutine, limits: limits)
        let value = (try? reader.value(at: -1)) ?? .nil
        var error: LuaError
        if kind != nil {
            error = LuaError(.host, value.table?["message"].text ?? "an error without a message")
        } else if let ownText {
            error = LuaError(.script, ownText)
        } else {
            error = LuaError(.script, splitting: value.text ?? "")
        }
        if let table = value.table {
            error.fields = table
            error.kind = kind
            // Of a table that the script made itself, it could be anything.
            if kind != nil { error.traceback = table["traceback"].text }
        }
        if error.traceback == nil { error.traceback = unsafe traceback(of: coroutine) }
        if error.position == nil { error.position = error.traceback.flatMap(LuaError.position(inTraceback:)) }
        // An error of Lua's own says where it is.
        if let position = error.position {
            error.message = error.message.trimmingPrefix("\(position.chunk):\(position.line): ").description
        }
        return error
    }

    /// What stock Lua would show of an error that is no text; nil if the script was ended by what it does to give that.
    private func errorText(of failed: OpaquePointer) -> String? {
        let context = unsafe context
        var coroutine: OpaquePointer?
        guard unsafe bridge_prepare_error_text(context, failed, &coroutine), let coroutine = unsafe coroutine else {
            return nil
        }
        defer { unsafe bridge_release(context, coroutine) }
        unsafe context.pointee.is_closing = false  // as the task may have been
        guard unsafe bridge_resume(context, coroutine, 1) == BRIDGE_FINISHED, !killSwitch.isKilled else { return nil }
        return unsafe luaString(coroutine, at: -1).description
    }

    private func endError(hidingErrorOf failed: OpaquePointer) -> LuaError {
        var error = endError()
        guard !isLost else { return error }
        let type = unsafe String(cString: bridge_type_name(failed, -1))
        let place = unsafe traceback(of: failed).flatMap(LuaError.position(inTraceback:))
        error.hidden = "an error object that is a \(type)" + (place.map { ", raised at \($0.chunk):\($0.line)" } ?? "")
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
