import LuaRuntime
import VirtualMachines

extension Binding {
    /// `probe.tcp`; the rest of `probe` is written in Lua.
    static let tcpProbe = Binding(
        "probe.tcp",
        parameters: [Parameter("host", .string), Parameter("port", .integer)],
        options: [Parameter("timeout", .duration, default: "\"5s\"")],
        results: "true | false, reason",
        errors: [.permissionDenied, .unsupported],
        permission: "net",
        summary: "Tells whether a host takes connections to a port.",
        text: "One try. The name is looked up once; it, or the address that is connected to, must be allowed.",
        example: #"if not probe.tcp("web-1", 5432) then log.warn("no database") end"#,
        body: .operation { arguments throws(ScriptError) in
            .probe(
                .tcp(host: try host(of: arguments), port: try port(of: arguments)),
                timeout: arguments.duration("timeout", default: .seconds(5)) ?? .longest
            )
        }
    )

    /// What `probe.http` is written on: `true`, `false` with a reason, or the answer's status and body.
    static let httpAnswer = Binding(
        "probe.http",
        parameters: [Parameter("url", .string)],
        options: [Parameter("timeout", .duration, default: "\"10s\"")],
        results: "true | false, reason | status, body",
        permission: "net",
        summary: "Asks for a URL.",
        body: .operation { arguments throws(ScriptError) in
            .probe(
                .http(try url(of: arguments)),
                timeout: arguments.duration("timeout", default: .seconds(10)) ?? .longest
            )
        }
    )
}

private func host(of arguments: Arguments) throws(ScriptError) -> String {
    let text = arguments.string("host") ?? ""
    guard HostName.canBe(text) || IPAddress(text) != nil else {
        throw ScriptError(
            .badArgument,
            "probe.tcp: argument 1 (host) must be a name or an address, not \(arguments.brief("host"))",
            hint: #"write probe.tcp("web-1", 5432) or probe.tcp("10.0.0.7", 5432)"#
        )
    }
    return text
}

private func port(of arguments: Arguments) throws(ScriptError) -> Int {
    guard let port = arguments.integer("port"), (1...65_535).contains(port) else {
        throw ScriptError(
            .badArgument,
            "probe.tcp: argument 2 (port) must be a port from 1 to 65535, not \(arguments.brief("port"))"
        )
    }
    return port
}

private func url(of arguments: Arguments) throws(ScriptError) -> ProbeURL {
    let text = arguments.string("url") ?? ""
    guard let url = ProbeURL(text) else {
        // What holds an account holds a password more often than not, so it isn't repeated.
        let what = text.contains("@") ? "" : ", not \(arguments.brief("url"))"
        throw ScriptError(
            .badArgument,
            "probe.http: argument 1 (url) must be an http or https URL without account and password\(what)",
            hint: #"write probe.http("http://web-1:8080/ok")"#
        )
    }
    return url
}

extension Arguments {
    fileprivate func brief(_ name: String) -> String { self[name]?.brief ?? "nothing" }
}
