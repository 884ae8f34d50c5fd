#include "selns-build/commands/list.hpp"
#include "selns-build/session.hpp"

namespace selns::cmd {

namespace {

struct SchemaOptions {};

} // namespace

void declare(CLI::App&, SchemaOptions&) {}

int run(const SchemaOptions&, Session& session) {
    std::string schema = recipe::json_schema();
    if (!schema.ends_with('\n'))
        schema += '\n';
    session.out.write(schema);
    return 0;
}

const Subcommand schema_command = {
    "schema", "", "the JSON Schema of recipes, for editors",
    "Prints the JSON Schema of recipes. Editors complete and check recipes with it.\n"
    "\n"
    "Example:\n"
    "  selns-build schema > recipe.schema.json\n",
    declared<SchemaOptions, declare, run>};

} // namespace selns::cmd
