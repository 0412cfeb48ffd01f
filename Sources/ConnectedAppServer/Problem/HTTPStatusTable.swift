internal import ConnectedApp
internal import HTTPTypes

extension Cause {
    /// The HTTP status of a problem document with this cause. One table for the API and the pages.
    ///
    /// The exit status decides, but for a few causes that HTTP has a status of its own for. 502 means that the org could
    /// not be reached or refused: this server only passes on what the org said, and `code` tells what.
    var httpStatus: HTTPResponse.Status {
        switch self {
        case .unknownAlias, .notBlocked: .notFound
        case .aliasTaken, .recordChanged, .consumerKeyMissing, .noticeChannelMissing: .conflict
        case .timedOut, .retrieveTimedOut: .gatewayTimeout
        default: entry.exit.httpStatus
        }
    }
}

extension ExitStatus {
    fileprivate var httpStatus: HTTPResponse.Status {
        switch self {
        case .done: .ok
        case .usage: .badRequest
        case .malformed, .noInput: .unprocessableContent
        case .refused, .unreachable: .badGateway
        case .busy: .serviceUnavailable
        case .notPermitted: .forbidden
        case .bug, .cannotCreate, .inputOutput, .configuration: .internalServerError
        }
    }
}
