internal import MetadataAPI

extension MetadataReader {
    /// Returns how a retrieve ended. If the user may not read a type, finds out which of its components.
    func outcome(
        code: String, message: String, of manifest: PackageManifest, _ version: APIVersion
    ) async throws -> RetrieveSchedule.Outcome {
        guard let type = RetrieveSchedule.refusedType(message), !manifest.members(of: type).isEmpty else {
            return .failed(code: code, message: message)
        }
        let names = try await refusedNames(of: type, among: manifest.members(of: type), version)
        return .accessMissing(type: type, names: names, message: message)
    }

    /// Finds the components that the user may not read, with `readMetadata` in tens, and singly where ten are refused.
    /// salto-io/salto does the same.
    ///
    /// - Returns: `nil` if this does not show it, for instance because `readMetadata` does not support the type.
    private func refusedNames(
        of type: String, among names: [String], _ version: APIVersion
    ) async throws -> Set<String>? {
        guard !names.contains("*") else { return nil }
        var refused: Set<String> = []
        var queries = ReadQuery.queries(type: type, fullNames: names)
        while let query = queries.popLast() {
            switch try await access(query, version) {
            case .granted: break
            case .unknown: return nil
            case .refused where query.fullNames.count == 1: refused.formUnion(query.fullNames)
            case .refused: queries += query.fullNames.compactMap { ReadQuery(type: type, fullNames: [$0]) }
            }
        }
        return refused.isEmpty ? nil : refused
    }

    private enum Access {
        case granted, refused, unknown
    }

    private func access(_ query: ReadQuery, _ version: APIVersion) async throws -> Access {
        do {
            _ = try await repeating(.readMetadata(query), version, repeatsFaults: false) { .readMetadata() }
            return .granted
        } catch let error as ConnectedAppError {
            guard case .soapFault(let fault) = error.circumstance, error.cause.isAboutComponents else { throw error }
            if RetrieveSchedule.refusedType(fault.string) != nil { return .refused }
            // Another reason, such as a component that cannot be read, is found by the retrieves.
            return error.cause == .typeUnknown ? .unknown : .granted
        }
    }
}
