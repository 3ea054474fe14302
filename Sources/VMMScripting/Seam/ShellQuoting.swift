extension String {
    /// The text as one word of a shell's, to be pasted there whatever it holds.
    public var quotedForShell: String { "'" + replacing("'", with: #"'\''"#) + "'" }
}
