internal import FileSystem

/// An argument as a shell takes it.
package struct ShellWord: CustomStringConvertible {
    package let description: String

    package init(_ text: String) {
        let isPlain = text.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII
                && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                    || "/._-+=:@%,".unicodeScalars.contains(scalar))
        }
        description = isPlain && !text.isEmpty ? text : "'" + text.replacing("'", with: "'\\''") + "'"
    }

    /// A file's name, which no program takes for an option or for standard input.
    package init(path: String) { self.init(path.hasPrefix("-") ? "./" + path : path) }
}

/// A hint with a command that reads a file which somebody gave.
enum FileHint {
    /// - Parameters:
    ///   - path: The path that the user gave; `nil` if the content has none.
    ///   - usualName: The name under which to save content that no later command can read: from a pipe, from standard input or
    ///     from a form.
    ///   - hint: Takes the file's name as a shell word.
    static func text(_ path: String?, savedAs usualName: String, _ hint: (String) -> String) -> String {
        guard let path, canBeReadAgain(path) else {
            return "Save it to the file \(usualName) first. " + hint(usualName)
        }
        return hint(ShellWord(path: path).description)
    }

    /// `/dev/stdin` and the like are another file for the command that is pasted later.
    private static func canBeReadAgain(_ path: String) -> Bool {
        guard path != "-", !path.hasPrefix("/dev/"), !path.hasPrefix("/proc/") else { return false }
        guard let status = try? FileStatus(of: path) else { return true }
        return status.kind == .regularFile
    }
}
