#include "selns-build/commands/commands.hpp"
#include "selns-build/session.hpp"

namespace selns::cmd {

void declare(Declaration&, SchemaOptions&) {}

int run(const SchemaOptions&, Session& session) {
    std::string schema = recipe::json_schema();
    if (!schema.ends_with('\n'))
        schema += '\n';
    session.out.write(schema);
    return 0;
}

} // namespace selns::cmd
