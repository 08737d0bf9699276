# 信任分：农户在自己的页面、小票和柜台上读到的样子。

trust-title = 信任
trust-head-none = { $points } 分。{ $next } 分起为第 { $next_level } 级，还差 { $missing } 分。
trust-head = { $points } 分，第 { $level } 级（{ $from } 分起）。{ $next } 分起为第 { $next_level } 级，还差 { $missing } 分。
trust-head-top = { $points } 分，第 { $level } 级（{ $from } 分起），已是最高级。
trust-limit = 您最多可以欠 { $limit }，是下面三个数中最小的：
trust-limit-none = 您现在还不能借款。
trust-limit-level = 按等级
trust-limit-step = 按您按时还清的最大一笔借款
trust-limit-backing = 按从外面收到的钱
trust-limit-this = 以这个为准
trust-parts = 分数由这些加起来
trust-pool-facts = 家庭情况已核实
trust-pool-proven-sales = 卖给已核实的买家
trust-pool-unproven-sales = 卖给未核实的买家
trust-pool-purchases = 按时付款的购买
trust-pool-village-trade = 村内买卖
trust-pool-repaid = 按时还清的借款
trust-pool-penalties = 因逾期和输掉的纠纷扣除
trust-with = { $who } { $count ->
    [one] 1 次
    [2] 2 次
   *[other] { $count } 次
 }
trust-others = 其他
trust-party-cooperative = 合作社 { $code }
trust-party-buyer = 买家 { $code }
trust-party-supplier = 供货商 { $code }
trust-party-household = 农户 { $code }
trust-reasons = 为什么没有更多
trust-reason-fraud-barred = 已证实有欺诈，这一户永远不能借款。
trust-reason-frozen-default = 从 { $since } 起有借款违约。还清之前不能再借。
trust-reason-village-pause = 全村暂停放款，因为逾期太多。这不是您的错。
trust-reason-cohort-full = 代理员的保证金目前还能担保 { $room }。
trust-reason-level-low = 离下一级还差 { $missing } 分，下一级可借 { $limit }。
trust-reason-backing-low = 近 3 个月已核实的买家付给您 { $recent }，起初可借其中一半。近 12 个月有 { $backed } 算作外来的钱，可借其中六分之一。
trust-reason-step-not-repaid = 您按时还清的最大一笔借款是 { $largest }，下一笔可以多一半。
trust-reason-unproven-only = 您的买家都还没有核实，卖给他们一共最多得 { $cap } 分。
trust-reason-one-counterparty = 您卖给{ $who }的已经很多，再卖也不加分；卖给别的买家会加分。
trust-reason-period-cap = 已经挣得的 { $waiting } 分会在以后几个月计入。
trust-reason-penalty-late = 逾期付款目前扣 { $points } 分，会慢慢消退。
trust-reason-penalty-dispute = 输掉的纠纷目前扣 { $points } 分，会慢慢消退。
trust-reason-identity-pending = 今年还没有请代理员核实的家庭情况：{ $points } 分。
trust-raises = 怎样可以提高
trust-deed-sell-proven = 卖 { $value } 给{ $who }
trust-deed-sell-proven-new = 卖 { $value } 给合作社或已核实的买家
trust-deed-sell-known = 卖 { $value } 给一位信誉好的新买家
trust-deed-buy = 在店里买 { $value } 并马上付款
trust-deed-repay = 借 { $value }，{ $days } 天后还清
trust-deed-confirm-identity = 请代理员核实您的身份
trust-deed-confirm-address = 请代理员核实您的住址
trust-deed-confirm-plot = 请代理员核实您耕种的地块
trust-deed-cure = 还清逾期的钱
trust-gain-points = +{ $points } 分
trust-gain-limit = 额度 +{ $money }
trust-tree = 一棵树，每种信任一根枝：{ $points } 分，第 { $level } 级
trust-leaf-withered = 枯叶：扣了 { $points } 分
trust-slip-foot = 分数和额度，谁有账本都可以核对。每一行都可以问代理员。
