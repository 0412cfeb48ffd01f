extension Parser {
    mutating func selectItem() throws(SyntaxError) -> SelectItem {
        if consumeIfNext(symbol: "(") {
            let query = try nested { (parser) throws(SyntaxError) in try parser.query() }
            try take(symbol: ")")
            return .children(query)
        }
        if next.keyword == "TYPEOF", afterNext.kind == .name { return .typeOf(try typeOf()) }
        if next.keyword == "FIELDS", afterNext.text == "(" { return .fields(try fieldSet()) }
        return .field(try fieldExpression(), alias: alias())
    }

    private mutating func fieldSet() throws(SyntaxError) -> SelectItem.FieldSet {
        try take("FIELDS")
        try take(symbol: "(")
        guard let set = SelectItem.FieldSet(rawValue: next.keyword) else { throw unexpected() }
        _ = advance()
        try take(symbol: ")")
        return set
    }

    private mutating func typeOf() throws(SyntaxError) -> TypeOf {
        try take("TYPEOF")
        var typeOf = TypeOf(relationship: FieldPath(names: try dottedNames()), branches: [])
        repeat {
            try take("WHEN")
            let object = try name()
            try take("THEN")
            typeOf.branches.append(.init(object: object, fields: try paths()))
        } while next.keyword == "WHEN"
        if consumeIfNext("ELSE") { typeOf.otherwise = try paths() }
        try take("END")
        return typeOf
    }

    private mutating func paths() throws(SyntaxError) -> [FieldPath] {
        try list { (parser) throws(SyntaxError) in FieldPath(names: try parser.dottedNames()) }
    }

    mutating func fieldExpression() throws(SyntaxError) -> FieldExpression {
        guard afterNext.text == "(", let function = SOQLFunction(rawValue: next.keyword) else {
            return .path(FieldPath(names: try dottedNames()))
        }
        return .function(
            try nested { (parser) throws(SyntaxError) in
                _ = parser.advance()
                return FunctionCall(function: function, arguments: try parser.arguments(of: function))
            })
    }

    private mutating func arguments(of function: SOQLFunction) throws(SyntaxError) -> [FunctionCall.Argument] {
        try take(symbol: "(")
        if function == .count, consumeIfNext(symbol: ")") { return [] }
        let arguments = try list { (parser) throws(SyntaxError) in try parser.argument() }
        try take(symbol: ")")
        return arguments
    }

    private mutating func argument() throws(SyntaxError) -> FunctionCall.Argument {
        switch next.kind {
        case .string, .number: .literal(try literal())
        case .name, .symbol, .unknown, .end: .expression(try fieldExpression())
        }
    }
}
