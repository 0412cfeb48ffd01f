package import ConnectedApp
package import Testing

/// Returns the error that the body throws. If it throws nothing or an error of another type, fails the test and returns
/// `nil`.
package func thrown<T>(sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> T) -> ConnectedAppError?
{
    do { _ = try body() } catch let error as ConnectedAppError { return error } catch {
        Issue.record("threw \(error)", sourceLocation: sourceLocation)
        return nil
    }
    Issue.record("threw nothing", sourceLocation: sourceLocation)
    return nil
}

/// Like ``thrown(sourceLocation:_:)``, for an asynchronous body.
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
