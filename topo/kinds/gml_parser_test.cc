#include "topo/kinds/gml_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace quiesce {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

std::string Mistakes(absl::string_view text) {
  Diagnostics errors("g.gml");
  ParseGml(text, &errors);
  return std::string(errors.ToStatus().message());
}

TEST(Gml, TakesNodesAndEdgesAndPassesTheRestOver) {
  Diagnostics errors("g.gml");
  const GmlGraph graph = ParseGml(R"(Creator "somebody"
# a comment
graph [
  directed 0
  label "two words"
  edge [ source 7 target 3 LinkSpeed 1.5e3 graphics [ x [ y 1 ] ] ]
  node [ id 7 label "Castelo Branco" Latitude -7.5 ]
  node [ id 3 ]
]
)",
                                  &errors);
  ASSERT_TRUE(errors.ok()) << errors.ToStatus();
  ASSERT_EQ(graph.nodes.size(), 2);
  EXPECT_EQ(graph.nodes[0].id, 7);
  EXPECT_EQ(graph.nodes[0].label, "Castelo Branco");
  EXPECT_EQ(graph.nodes[1].label, "");
  EXPECT_THAT(graph.edges, ElementsAre(Pair(0, 1)));
  EXPECT_THAT(GmlNodeNames(graph), ElementsAre("Castelo-Branco", "n3"));
}

TEST(Gml, MergesDuplicates) {
  Diagnostics errors("g.gml");
  const GmlGraph graph = ParseGml(R"(graph [
  node [ id 0 label "a" ] node [ id 1 label "b" ] node [ id 0 label "c" ]
  edge [ source 0 target 1 ] edge [ source 1 target 0 ]
  edge [ source 1 target 1 ] ])",
                                  &errors);
  ASSERT_TRUE(errors.ok()) << errors.ToStatus();
  ASSERT_EQ(graph.nodes.size(), 2);
  EXPECT_EQ(graph.nodes[0].label, "a");
  EXPECT_THAT(graph.edges, ElementsAre(Pair(0, 1)));
  EXPECT_EQ(graph.duplicate_ids, 1);
  EXPECT_EQ(graph.duplicate_edges, 1);
  EXPECT_EQ(graph.self_loops, 1);
}

TEST(Gml, NamesAreUniqueAndLegal) {
  GmlGraph graph;
  graph.nodes = {{0, "None"}, {1, "None"},   {2, "Gary?"},           {3, ""},
                 {4, "???"},  {5, "None-0"}, {6, "S\xc3\xa3o Paulo"}};
  EXPECT_THAT(GmlNodeNames(graph), ElementsAre("None-0", "None-1", "Gary", "n3",
                                               "n4", "None-0x", "S-o-Paulo"));
}

TEST(Gml, ListsMistakesWithTheirLines) {
  EXPECT_EQ(Mistakes(R"(graph [
  node [ label "no id" ]
  node [ id x ]
  node [ id 1 ]
  edge [ source 1 ]
  edge [ source 1 target 9 ]
  edge [ source 8
         target "1" ]
]
)"),
            "g.gml:2: the node has no id\n"
            "g.gml:3: id is not a whole number: 'x'\n"
            "g.gml:3: expected a value for id, found 'x'");
  EXPECT_EQ(Mistakes("graph [\n  node [ id 1 ]\n  edge [ source 1 ]\n"
                     "  edge [ source 1 target 9 ]\n"
                     "  edge [ source 1\n    target \"1\" ]\n]\n"),
            "g.gml:3: the edge needs a source and a target\n"
            "g.gml:4: there is no node 9\n"
            "g.gml:6: target is not a whole number: '1'");
}

TEST(Gml, BrokenFilesAreRefusedWhereTheyBreak) {
  EXPECT_EQ(Mistakes(""), "g.gml: there is no graph [ ... ]");
  EXPECT_EQ(Mistakes("graph [\n node [ id 1 ]\n"),
            "g.gml:3: expected ']', found 'the end of the file'");
  EXPECT_EQ(Mistakes("graph [\n label \"open\n ]"),
            "g.gml:2: expected a value for label, found 'a string without its "
            "closing quote'");
  EXPECT_EQ(Mistakes("graph [ 5 ]"), "g.gml:1: expected a key, found '5'");
  EXPECT_EQ(Mistakes("graph [ ]\ngraph [ ]"),
            "g.gml:2: there is a second graph");
  std::string deep = "graph ";
  for (int i = 0; i < 100000; ++i) deep += "[ a ";
  EXPECT_NE(Mistakes(deep).find("less deep"), std::string::npos);
}

}  // namespace
}  // namespace quiesce
