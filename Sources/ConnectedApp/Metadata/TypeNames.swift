internal import Foundation

/// Parses the list of `--types`, such as `ApexClass,Flow`.
package enum TypeNames {
    /// - Throws: ``ConnectedAppError`` with `.usage` if the list is empty.
    package static func parse(_ text: String) throws -> Set<String> {
        let names = text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        guard !names.isEmpty else {
            throw ConnectedAppError(
                .usage, detail: "Give at least one type, for example ApexClass,Flow.")
        }
        return Set(names)
    }
}
