extension String {
    /// The text as one word of a shell's, to be pasted there whatever it holds.
    public var quotedForShell: String { "'" + replacing("'", with: #"'\''"#) + "'" }

    /// The same, in quotes only where the shell would read it otherwise.
    public var asShellWord: String {
        let plain = unicodeScalars.allSatisfy { scalar in
            scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
                || "_-./:=@%+,".unicodeScalars.contains(scalar)
        }
        return plain && !isEmpty ? self : quotedForShell
    }
}
