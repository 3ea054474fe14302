/// A dialect in which a NAS speaks of its guests; a real one serves the public and the internal one.
public enum Dialect: String, Sendable, CaseIterable {
    /// `SYNO.Virtualization.Guest` v1 with `List`, `Get`, …, and `SYNO.Virtualization.Task`.
    case documented
    /// `SYNO.Virtualization.API.…`, as the guide to Virtual Machine Manager's API describes it.
    case `public`
    /// `SYNO.Virtualization.Guest` v2 and `Guest.Action`, as DSM's own web page uses them.
    case `internal`

    var apis: [WebAPI] {
        switch self {
        case .documented: DocumentedDialect.apis
        case .public: PublicDialect.apis
        case .internal: InternalDialect.apis
        }
    }
}
