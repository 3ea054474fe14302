import CLuaBridge

extension LuaLimit {
    /// The limit that ended a script, if one did.
    init?(_ cause: bridge_cause) {
        guard let limit = Self.allCases.first(where: { $0.cause == cause }) else { return nil }
        self = limit
    }

    var cause: bridge_cause {
        switch self {
        case .cpuTime: BRIDGE_CPU_LIMIT
        case .memory: BRIDGE_MEMORY_LIMIT
        case .source: BRIDGE_SOURCE_LIMIT
        case .coroutines: BRIDGE_COROUTINE_LIMIT
        case .hostCalls: BRIDGE_CALL_LIMIT
        case .output: BRIDGE_OUTPUT_LIMIT
        case .time: BRIDGE_TIME_LIMIT
        }
    }
}

extension LuaInterrupt {
    /// `SIGURG`, or the hook where no signal can be used.
    public static var standard: LuaInterrupt {
        bridge_can_use_signals() ? .signal(BRIDGE_DEFAULT_SIGNAL) : .hook
    }
}

extension bridge_configuration {
    init(_ configuration: LuaState.Configuration) {
        let limits = configuration.limits
        let signal: Int32 =
            switch configuration.interrupt {
            case .signal(let number) where bridge_can_use_signals(): number
            default: 0
            }
        self.init(
            // For the bridge 0 is none.
            memory_limit: limits.memory.map { max($0, 1) } ?? 0,
            source_limit: limits.source.map { max($0, 1) } ?? 0,
            coroutine_limit: limits.coroutines.map { Int64(max($0, 1)) } ?? 0,
            seed: configuration.seed,
            signal: signal,
            covers_lines: configuration.coversLines
        )
    }
}
