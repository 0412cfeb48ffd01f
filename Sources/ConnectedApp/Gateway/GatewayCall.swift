internal import JWTBearer
internal import MetadataAPI
internal import MetadataGateway

/// A call that the gateway forwards.
enum GatewayCall: Sendable {
    case rest(RESTCall)
    case soap(GatewaySOAPCall, APIVersion)

    /// The kind of the call, for the audit record: the name of the SOAP call, or `query`, `page`, `describe` or `resources`.
    var kind: String {
        switch self {
        case .soap(let call, _): call.call.operation
        case .rest(.query): "query"
        case .rest(.page): "page"
        case .rest(.describe), .rest(.objects): "describe"
        case .rest(.versions), .rest(.resources), .rest(.limits): "resources"
        }
    }

    var filter: AnswerFilter {
        switch self {
        case .rest(let call): call.filter
        case .soap(let call, _): call.filter
        }
    }
}
