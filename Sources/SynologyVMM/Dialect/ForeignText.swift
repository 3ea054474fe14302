extension String {
    /// This text, which a NAS made up, as it may stand in a message: on one line, with nothing that a terminal obeys, and
    /// not for longer than a name is.
    var asPartOfMessage: String {
        let limit = 100
        var shown = UnicodeScalarView()
        for scalar in unicodeScalars.prefix(limit) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: shown.append("\u{FFFD}")
            default: shown.append(scalar)
            }
        }
        return String(shown) + (unicodeScalars.count > limit ? "…" : "")
    }
}
