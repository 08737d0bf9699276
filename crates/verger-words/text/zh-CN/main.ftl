# 简体中文。一条消息一句话；金额已格式化。

## 页面
home-title = 村庄
home-lead = 账上的每一分钱，都能追到是哪一笔业务。
home-people = 村庄概况
count-households = 户
count-members = 村民
count-goods = 商品
count-suppliers = 供货商
count-carriers = 承运方
state-title = 资金
state-balanced = 账目平衡
state-off = 差额
state-short = 资金不足
state-off-by = 试算差额
state-owed = 应付给大家的钱
state-assets = 对应的资产
state-records = 记录数
state-last = 最近一笔
state-closed = 已结账至
state-open = 尚未结账
money-bank = 银行专户
money-processor = 支付机构在途
money-drawers = 钱箱现金
money-claims = 索赔与预付
shop-tag = 服务站
shop-agent = 服务员
fact-hours = 营业时间
fact-phone = 电话
fact-address = 地址
fact-link = 网络
books-title = 账簿
books-lead = 按类别列出的试算表。
books-empty = 还没有入账。
books-code = 编号
books-account = 科目
books-balance = 余额
books-total = 合计
class-asset = 资产
class-liability = 负债
class-equity = 权益
class-income = 收入
class-expense = 费用
class-memorandum = 备查
goods-title = 商品
goods-lead = 服务站的价格，与镇上的价格对照。
goods-empty = 商品目录还是空的。
goods-name = 商品
goods-other = 英文名
goods-price = 价格
goods-township = 镇上价格
goods-saving = 省
people-title = 村里的人
people-lead = 谁住在这里，谁为村子服务。农户只显示姓氏，而且只显示卖水果的人家。
people-homes = 农户
people-home = 家中人数
people-households = 户数
people-members = 人数
people-size = { $count }人
people-growers = 卖水果的人家
people-no-growers = 还没有人家送来水果。
people-shop = 小店
people-cooperative = 合作社
people-supplier = 供货商
people-carrier = 承运方
journal-title = 流水
journal-lead = 最近的记录，新的在前。每一条都封住前一条。
journal-empty = 还没有记录。
journal-number = 编号
journal-what = 事项
journal-when = 时间
journal-chain = 封印
journal-refused = 已拒绝
journal-accepted = 已入账
record-title = 第 { $seq } 号记录
record-hash = 本记录的 SHA-256
record-chain = 本记录之后的链
record-lead = 链值由前一个链值与本记录的哈希算出（SHA-256）。改动一个字，之后的封印就全都对不上。
docs-title = 程序接口
foot-line = Verger · 村里的账
foot-languages = 语言
demo-note = 演示村庄：人名、价格和金额都是虚构的。
empty-title = 还没有村庄
empty-text = 账簿已经打开，还是空的。
empty-demo = 载入演示村庄，请运行：
fault-home = 回到首页
month = { $month }月

## 流水中的事项
kind-register-village = 村庄建账
kind-adopt-policy = 启用新规则
kind-register-party = 登记成员或单位
kind-set-pin = 设置密码
kind-report-wrong-pin = 密码输错，已计次
kind-issue-token = 发放令牌
kind-revoke-token = 收回令牌
kind-open-account = 开立账户
kind-post = 记账
kind-place-hold = 预留款项
kind-post-hold = 划转预留款
kind-void-hold = 取消预留
kind-expire-hold = 预留到期
kind-reverse = 冲销
kind-close-month = 月结
kind-cash-in = 现金存入
kind-cash-out = 现金支取
kind-send-money = 汇往外村
kind-receive-money = 收到外村汇款
kind-leave-cell = 村庄迁出
kind-enter-cell = 村庄迁入

## 科目表
chart-1010 = 银行专户（村民资金）
chart-1020 = 银行经营户
chart-1030 = 支付机构在途
chart-1110 = 钱箱现金
chart-1210 = 应收承运方赔款
chart-1220 = 应收供货商退款
chart-1230 = 应收服务员
chart-1260 = 预付批次款
chart-1310 = 贷款本金
chart-1320 = 贷款利息
chart-1330 = 贷款罚息
chart-1340 = 贷款手续费
chart-1390 = 贷款损失准备
chart-2010 = 钱包
chart-2020 = 服务员备付金
chart-2030 = 合作社钱包
chart-2031 = 合作社服务费
chart-2032 = 合作社包装款
chart-2040 = 买家担保款
chart-2050 = 争议款
chart-2060 = 统销批次
chart-2110 = 未到期佣金
chart-2120 = 应付承运方
chart-2130 = 应交税费
chart-2140 = 待认领款
chart-2150 = 应付供货商
chart-2210 = 项目资金
chart-2310 = 出资方借款
chart-2910 = 村际在途
chart-3010 = 基金本金
chart-3020 = 捐赠
chart-3900 = 留存收益
chart-4110 = 利息收入
chart-4120 = 罚息收入
chart-4130 = 贷款手续费收入
chart-4210 = 平台服务费
chart-4910 = 收回已核销
chart-5110 = 减值损失
chart-5120 = 佣金支出
chart-5130 = 支付机构手续费
chart-5190 = 现金长短款
chart-5210 = 善意补偿
chart-5220 = 车次费用
chart-9010 = 未用额度
chart-9019 = 未用额度（对应）
chart-9110 = 停计利息
chart-9119 = 停计利息（对应）
chart-9210 = 已核销
chart-9219 = 已核销（对应）
chart-9310 = 担保
chart-9319 = 担保（对应）

## 请求的问题
title-400 = 请求无法读取
title-401 = 请先登录
title-403 = 您没有这个权限
title-404 = 没有找到
title-405 = 不支持这种方式
title-409 = 情况已经不同
title-413 = 内容太大
title-415 = 格式不对
title-422 = 这样办不了
title-500 = 系统出错了
title-503 = 请稍等
problem-malformed-json = 请求内容不是 JSON：第 { $line } 行，第 { $column } 列。
    .hint = 请检查那里的括号、引号和逗号。
problem-invalid-field = { $reason ->
    [missing] 缺少字段 { $field }。
    [unknown] 这里没有字段 { $field }。
    [duplicate] 字段 { $field } 出现了两次。
    [minor] { $field } 必须是整数，以最小货币单位（分）计，不超过 63 位。
    [whole] { $field } 必须是不小于零的整数。
    [text] { $field } 必须是文字。
    [boolean] { $field } 必须是 true 或 false。
    [list] { $field } 必须是列表。
    [account] { $field } 不是账户号。
    [party_kind] { $field } 不是已知的类别。
    [evidence_kind] { $field } 不是已知的凭据类别。
    [module] { $field } 不是培训模块。
    [short_code] { $field } 不是短代码。
    [pin] { $field } 不是密码。
    [date] { $field } 不是日期。
    [month] { $field } 不是月份。
    [limit] { $field } 必须在 1 到 200 之间。
    [cursor] { $field } 不是这个列表中的位置。
    [object] 内容必须是对象，字段写在 { "{" } 和 { "}" } 之间。
    [id] { $field } 不是编号。
    [digest] { $field } 不是摘要值。
    [phase] { $field } 不是这里有的状态。
    [days_or_harvest] { $field }：请说明借多少天，或借到哪次收成，二选一。
    [shop_or_proof] { $field }：请指定收现金的店，或给出钱包的证明，二选一。
    [proof] { $field } 必须是一种证明：密码，或见证人及其密码，或录音。
    [one_command] 内容里必须正好有一个指令。
    [word] { $field } 不是可用的词。
    [pickup_code] { $field } 不是取件码。
    [line] { $field } 不是行号，或重复了。
    [fact] { $field } 不是一项家庭情况。
    [fact_proof] { $field }：请给出一份文件，或一位证人和他的密码。
   *[other] { $field } 的格式不对。
}
    .hint = { $reason ->
    [missing] 补上后再发一次。
    [unknown] 请去掉，或检查拼写。
    [duplicate] 只留一个。
    [minor] 12.50 元写作 1250，不加引号。
    [account] 写作 1010，或 2010: 加 32 位十六进制数字。
    [party_kind] 可用 shop、household、member、agent、cooperative、buyer、supplier、carrier、staff。
    [evidence_kind] 可用 sale 或 purchase。
    [module] 可用 M1 到 M6。
    [short_code] 可用 1 到 32 个字符：A-Z a-z 0-9 - _ 和句点。
    [pin] 密码是六位数字。
    [date] 写作 2026-07-20。
    [month] 写作 2026-07。
    [cursor] 请原样送回上一页的 next。
    [id] 写作名称、下划线加 32 位十六进制数字；新编号由客户端生成。
    [digest] 请写 SHA-256 的 64 位小写十六进制数字。
    [one_command] 只发一个，例如 { "{" }"accept": { "{" }{ "}" }{ "}" }。
    [pickup_code] 取件码是六位数字。
    [fact] 请写 identity、address 或 plot。
   *[other] 各字段见 /api/docs。
}
problem-key-missing = 缺少 Idempotency-Key 请求头。
    .hint = 每办一件事生成一个 UUID 一起发送；不确定时用同一个再发。
problem-key-malformed = Idempotency-Key 不是新生成的钥匙。
    .hint = 请用一小时内生成的 UUID 第 7 版，或 cmd_ 加 32 位十六进制数字。
problem-key-reused = 这把钥匙已用于另一件事。
    .hint = 新的事请用新的钥匙；重发时内容要完全一样。
problem-unauthenticated = 需要有效的令牌。
    .hint = 请发送 Authorization: Bearer 和未过期的令牌。
problem-scope-missing = 这个令牌没有 { $scope } 权限。
    .hint = 请向管理员申请带此权限的令牌。
problem-not-found = { $what ->
    [page] 这个地址没有内容。
    [village] 这个令牌查不到这个村。
    [party] 这里没有这个人或单位。
    [account] 这里没有这个账户。
    [hold] 这里没有这笔预留。
    [record] 本村没有这条记录。
    [pin] 这里没有设了密码的这位村民。
    [listing] 这里没有这件商品。
    [order] 这里没有这个订单。
    [parcel] 这里没有这个包裹。
    [trip] 这里没有这趟车。
    [dispute] 这里没有这个投诉。
    [group] 这里没有这个团购。
    [till] 这里没有这次开箱。
    [code] 这个包裹现在没有取件码。
   *[other] 这里没有。
}
    .hint = { $what ->
    [page] 请从首页重新开始。
    [pin] 请先为这位村民设置密码。
   *[other] 请核对编号或代码。
}
problem-village-unknown = 没有 { $village } 号村。
    .hint = 现有的村见 /api/v1/villages。
problem-busy = 现在排队太多，这次没有办理。
    .hint = 请过一秒用同一把钥匙再发。
problem-unavailable = 现在连不上账簿。
    .hint = 请过一分钟用同一把钥匙再发，不会重复办理。
problem-incident = 程序自己出了错，没有入账。
    .hint = 请不要再试，把请求编号告诉管理员。
problem-body-too-large = 内容超过 { $max_bytes } 字节。
    .hint = 请分几次发送。
problem-unsupported-media-type = 内容必须是 JSON。
    .hint = 请发送 Content-Type: application/json。
problem-method-not-allowed = 这个地址不接受这种请求方法。
    .hint = 可用的方法见 /api/docs。

## 账务规则
refusal-line-count = 一笔分录要有 2 到 { $max } 行，这里有 { $count } 行。
    .hint = 请补上另一方，或分成几笔。
refusal-amount-zero = 金额不能为零。
    .hint = 请输入要转多少。
refusal-amount-negative = 金额必须大于零，这里是 { $amount_minor }。
    .hint = 请去掉负号。
refusal-amount-too-large = { $amount_minor } 超过了单笔上限 { $max_minor }。
    .hint = 请核对位数，或分成几笔。
refusal-not-balanced = 借贷不平，相差 { $off_by_minor }。
    .hint = 借方和贷方必须相等。
refusal-same-account = 两方都是账户 { $account }。
    .hint = 请换掉其中一方。
refusal-account-unknown = 账户 { $account } 还没有开立。
    .hint = 请核对账户号，或先开户。
refusal-account-exists = 账户 { $account } 已经开立。
    .hint = 可以直接使用。
refusal-account-not-openable = 账户 { $account } 不能单独开立。
    .hint = 登记成员或村庄时会自动开立。
refusal-currency-mismatch = 账簿用 { $expected } 记账，不是 { $given }。
    .hint = 请用 { $expected } 填写金额。
refusal-effective-in-future = { $effective_on } 晚于今天（{ $today }）。
    .hint = 请用今天或更早的日期。
refusal-period-closed = { $effective_on } 所在的月份已结账；已结账至 { $closed_through }。
    .hint = 请用结账月份之后的日期。
refusal-effective-too-old = { $effective_on } 距今超过 { $days_max } 天。
    .hint = 请用近一些的日期。
refusal-insufficient-available = 账户 { $account } 只有 { $available_minor } 可用。
    .hint = 请减少金额，或先存入。
refusal-out-of-range = 账户 { $account } 的合计会超出范围。
    .hint = 请核对金额。
refusal-hold-exists = 预留 { $hold } 已经有过。
    .hint = 新的预留请用新的钥匙。
refusal-hold-time = 预留最长 { $seconds_max } 秒。
    .hint = 请选短一些的时间。
refusal-hold-unknown = 这里没有预留 { $hold }。
    .hint = 请核对编号。
refusal-already-posted = 预留 { $hold } 已经划转。
    .hint = 不用再办。
refusal-already-voided = 预留 { $hold } 已经取消。
    .hint = 如还需要，请重新预留。
refusal-already-expired = 预留 { $hold } 已经到期。
    .hint = 请重新预留。
refusal-exceeds-pending = 预留 { $hold } 只有 { $held_minor }。
    .hint = 请不要超过这个数。
refusal-record-unknown = 第 { $seq } 号记录不是本村可以冲销的分录。
    .hint = 请在流水中查对编号。
refusal-already-reversed = 第 { $seq } 号记录已被第 { $by_seq } 号冲销。
    .hint = 不用再办。
refusal-month-not-next = 下一个要结账的月份是 { $next }。
    .hint = 请先结 { $next }。
refusal-month-not-over = { $month } 还没有过完。
    .hint = 请在下月第一天结账。
refusal-hold-overdue = 预留 { $hold } 已过期但还没有结束。
    .hint = 等一分钟让它到期，再试一次。
refusal-trial-balance-off = 账目相差 { $off_by_minor }，不能结账。
    .hint = 请运行 verger check，并告诉管理员。

## 村庄、成员与令牌
refusal-village-unknown = 这里没有 { $village } 号村。
    .hint = 请核对村号；村内转账不用汇款。
refusal-village-exists = { $village } 号村已经登记。
    .hint = 请换一个编号。
refusal-policy-not-newer = 规则第 { $version } 版不比现行第 { $current } 版新。
    .hint = 请提高版本号。
refusal-policy-invalid = 规则文件的 { $field } 有误：{ $problem }。
    .hint = 请改正规则文件中的这一项。
refusal-second-person-needed = 需要两位不同的工作人员同意。
    .hint = 请找第二个人。
refusal-not-allowed = { $actor } 不能办这件事。
    .hint = 请找负责的人办。
refusal-party-unknown = 本村没有 { $party }。
    .hint = 请核对编号或代码。
refusal-party-exists = { $party } 已经登记。
    .hint = 新的登记请用新的钥匙。
refusal-code-taken = 代码 { $taken } 已被使用。
    .hint = 请换一个代码。
refusal-wrong-kind = { $party } 必须是{ $expected ->
    [shop] 服务站
    [household] 农户
    [member] 村民
    [agent] 服务员
    [cooperative] 合作社
    [buyer] 买家
    [supplier] 供货商
    [carrier] 承运方
   *[staff] 工作人员
}。
    .hint = 请换一个。
refusal-household-needed = 村民必须属于本村一户；只有村民和服务员才有所属农户。
    .hint = 请填村民所在的户，其他人不填。
refusal-name-length = 名字要有 1 到 200 个字。
    .hint = 两种文字的名字都要写。
refusal-number-range = { $field } 必须在 1 到 { $max } 之间。
    .hint = 请核对数字和单位。
refusal-token-unknown = 这里没有 { $token }。
    .hint = 请核对编号。
refusal-token-exists = { $token } 已在使用。
    .hint = 请新做一个令牌。
refusal-token-useless = 令牌的到期时间要在以后，并至少有一项权限。
    .hint = 请改晚到期时间，或加上权限。
refusal-wrong-cell = 这个村不在指令所指的位置。
    .hint = 请告诉管理员。

## 柜台规则
refusal-needs-module = 办这件事需要通过培训模块 { $module }。
    .hint = 请通过了培训的同事来办。
refusal-own-household = 不能为自己家办理。
    .hint = 请同事来办。
refusal-proof-not-theirs = 必须由钱包主人家里的人同意。
    .hint = 请这一户的村民输入密码。
refusal-pin-locked = 密码已锁定，{ $locked_until } 以后可以再试。
    .hint = 请到时再试。
refusal-old-pin-needed = 已经有密码了。
    .hint = 请同时输入旧密码。
refusal-wrong-pin = 密码不对，还可以试 { $tries_left } 次。
    .hint = 请村民不要着急，再输一次。
