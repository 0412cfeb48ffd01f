internal import FileSystem

/// An argument for a shell, quoted if necessary.
package struct ShellWord: CustomStringConvertible {
    /// The text for the shell.
    package let description: String

    /// - Parameter text: Any text. It is quoted unless it consists of ASCII letters, digits and harmless punctuation.
    package init(_ text: String) {
        let isPlain = text.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII
                && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                    || "/._-+=:@%,".unicodeScalars.contains(scalar))
        }
        description = isPlain && !text.isEmpty ? text : "'" + text.replacing("'", with: "'\\''") + "'"
    }

    /// The path of a file, written so that programs do not read it as an option or as standard input.
    package init(path: String) { self.init(path.hasPrefix("-") ? "./" + path : path) }
}

/// Builds hints that contain a command to run on a file that the user gave.
enum FileHint {
    /// Returns the hint, which asks to save the content first if a later command cannot read it again.
    ///
    /// - Parameters:
    ///   - path: The path that the user gave; `nil` if the content has none.
    ///   - usualName: The name under which to save content from a pipe, standard input or a form. It needs no quoting.
    ///   - hint: Returns the hint for the file's name as a shell word.
    static func text(_ path: String?, savedAs usualName: String, _ hint: (String) -> String) -> String {
        guard let path, canBeReadAgain(path) else {
            return "Save it to the file \(usualName) first. " + hint(usualName)
        }
        return hint(ShellWord(path: path).description)
    }

    /// Whether a later command can read the same content. In that command, a name such as `/dev/stdin` leads to a
    /// different file, and a pipe is empty.
    private static func canBeReadAgain(_ path: String) -> Bool {
        guard path != "-", !path.hasPrefix("/dev/"), !path.hasPrefix("/proc/") else { return false }
        guard let status = try? FileStatus(of: path) else { return true }
        return status.kind == .regularFile
    }
}
