package import ConnectedApp
package import Testing

/// The error that the body throws; `nil`, and a failed test, where it throws none or one that is not ours.
package func thrown<T>(sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> T) -> ConnectedAppError?
{
    do { _ = try body() } catch let error as ConnectedAppError { return error } catch {
        Issue.record("threw \(error)", sourceLocation: sourceLocation)
        return nil
    }
    Issue.record("threw nothing", sourceLocation: sourceLocation)
    return nil
}

/// The same for what waits.
package func thrownByAwaiting<T>(
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> T
) async -> ConnectedAppError? {
    do { _ = try await body() } catch let error as ConnectedAppError { return error } catch {
        Issue.record("threw \(error)", sourceLocation: sourceLocation)
        return nil
    }
    Issue.record("threw nothing", sourceLocation: sourceLocation)
    return nil
}
